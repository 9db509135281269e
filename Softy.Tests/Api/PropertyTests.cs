using System.Globalization;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Softy.Tests.Api;

/// <summary>
/// Properties of all inputs. The inputs are generated, and a failed test shows the smallest one that fails.
/// </summary>
[Collection(nameof(ApiCollection))]
public sealed class PropertyTests(ApiCollection.Fixture softy) : ApiTest(softy)
{
    [Fact]
    public async Task A_message_is_accepted_exactly_when_it_is_valid()
    {
        var texts = Gen.OneOf(
            Gen.Elements(
                "",
                " ",
                "\t\n ",
                "a",
                "é",
                "日本語",
                "🎉",
                "a\u0001b",
                "line\nbreak",
                "\u0085",
                "\u200d",
                "\u200b \ufeff",
                "\u2800",
                "\U000e0041",
                "\u200da",
                "\ud83d",
                "x\udc00"
            ),
            ArbMap.Default.GeneratorFor<string>().Select(text => text ?? ""),
            Gen.Choose(60, 70).Select(length => new string('a', length)),
            Gen.Choose(60, 70).Select(length => string.Concat(Enumerable.Repeat("🎉", length))),
            Gen.Choose(1995, 2005).Select(length => " " + new string('b', length) + " ")
        );
        var messages = (from author in texts from text in texts select (Author: author, Text: text)).ToArbitrary();

        await CheckAsync(
            Prop.ForAll(
                messages,
                message =>
                {
                    using var response = SendRawAsync(message.Author, message.Text).GetAwaiter().GetResult();
                    var expected =
                        IsValid(message.Author, 64, mayHaveLines: false)
                        && IsValid(message.Text, 2000, mayHaveLines: true)
                            ? HttpStatusCode.Created
                            : HttpStatusCode.BadRequest;
                    return response.StatusCode == expected;
                }
            )
        );

        static bool IsValid(string text, int maxLength, bool mayHaveLines)
        {
            var trimmed = text.Trim();
            trimmed = mayHaveLines
                ? trimmed.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')
                : trimmed;
            var runes = trimmed.EnumerateRunes().ToList();
            return runes.Count >= 1
                && runes.Count <= maxLength
                && !runes.Any(rune => Rune.IsControl(rune) && !(mayHaveLines && rune.Value == '\n'))
                && runes.Any(rune => !IsInvisible(rune.Value) && !Rune.IsWhiteSpace(rune))
                // A lone surrogate would become the replacement character, which the text does not contain.
                && runes.Sum(rune => rune.Utf16SequenceLength) == trimmed.Length
                && !trimmed
                    .Where(
                        (c, i) =>
                            char.IsSurrogate(c)
                            && !(
                                char.IsHighSurrogate(c) && i + 1 < trimmed.Length && char.IsLowSurrogate(trimmed[i + 1])
                            )
                            && !(char.IsLowSurrogate(c) && i > 0 && char.IsHighSurrogate(trimmed[i - 1]))
                    )
                    .Any();
        }

        // Unicode's Default_Ignorable_Code_Point, and the blank Braille pattern.
        static bool IsInvisible(int rune) =>
            rune
                is 0xAD
                    or 0x34F
                    or 0x61C
                    or 0x115F
                    or 0x1160
                    or 0x17B4
                    or 0x17B5
                    or (>= 0x180B and <= 0x180F)
                    or (>= 0x200B and <= 0x200F)
                    or (>= 0x202A and <= 0x202E)
                    or (>= 0x2060 and <= 0x206F)
                    or 0x2800
                    or 0x3164
                    or (>= 0xFE00 and <= 0xFE0F)
                    or 0xFEFF
                    or 0xFFA0
                    or (>= 0xFFF0 and <= 0xFFF8)
                    or (>= 0x1BCA0 and <= 0x1BCA3)
                    or (>= 0x1D173 and <= 0x1D17A)
                    or (>= 0xE0000 and <= 0xE0FFF);
    }

    [Fact]
    public async Task Pages_of_any_size_show_every_message_once_and_newest_first()
    {
        for (var i = 0; i < 30; i++)
        {
            await PostMessageAsync("Filler", i.ToString(CultureInfo.InvariantCulture));
        }

        await CheckAsync(
            Prop.ForAll(
                Gen.Choose(1, 100).ToArbitrary(),
                limit =>
                {
                    // No other test of the collection runs at the same time, so the wall does not change.
                    var whole = ListAllAsync().GetAwaiter().GetResult();
                    var parts = ListAllAsync(Math.Max(limit, whole.Count / 20)).GetAwaiter().GetResult();
                    return parts.SequenceEqual(whole)
                        && whole.Select(message => long.Parse(message.Id, CultureInfo.InvariantCulture)).ToList()
                            is var ids
                        && ids.SequenceEqual(ids.Distinct().OrderDescending());
                }
            ),
            maxTest: 15
        );
    }

    [Fact]
    public async Task Only_cursors_are_accepted_as_cursors()
    {
        await PostMessageAsync("Cursor", "one");
        await PostMessageAsync("Cursor", "two");
        var valid = (await GetAsync<MessagePage>("/api/messages?limit=1")).Next.ShouldNotBeNull();
        var changed =
            from at in Gen.Choose(0, valid.Length - 1)
            from with in Gen.Elements("ABCXYZabcxyz0189-_+/=. ".ToCharArray())
            select valid[..at] + with + valid[(at + 1)..];
        var cursors = Gen.OneOf(changed, ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get))
            .ToArbitrary();

        await CheckAsync(
            Prop.ForAll(
                cursors,
                cursor =>
                {
                    // Replaces lone surrogates, which cannot be in a URL.
                    var text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(cursor));
                    using var response = Client
                        .GetAsync($"/api/messages?limit=1&after={Uri.EscapeDataString(text)}", Cancellation)
                        .GetAwaiter()
                        .GetResult();
                    // A changed cursor may be valid, but only if it has the form of a cursor.
                    return response.StatusCode == HttpStatusCode.BadRequest
                        || (
                            response.StatusCode == HttpStatusCode.OK
                            && cursor.Length == valid.Length
                            && cursor.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                        );
                }
            )
        );
    }

    [Fact]
    public async Task An_idempotency_key_stands_for_one_request_in_any_order()
    {
        var run = 0;
        var requests = Gen.ListOf(
                from key in Gen.Choose(1, 3)
                from text in Gen.Choose(1, 2)
                select (Key: key, Text: text)
            )
            .ToArbitrary();

        await CheckAsync(
            Prop.ForAll(
                requests,
                list =>
                {
                    var name = $"Model {Guid.NewGuid():N} {Interlocked.Increment(ref run)}";
                    var first = new Dictionary<int, (int Text, CreatedMessage Answer)>();
                    foreach (var (key, text) in list)
                    {
                        using var response = SendMessageAsync(Client, name, $"Text {text}", $"{name} {key}")
                            .GetAwaiter()
                            .GetResult();
                        if (!first.TryGetValue(key, out var known))
                        {
                            first[key] = (text, ReadAsync<CreatedMessage>(response).GetAwaiter().GetResult());
                        }
                        else if (
                            response.StatusCode
                                != (known.Text == text ? HttpStatusCode.Created : HttpStatusCode.UnprocessableEntity)
                            || (
                                known.Text == text
                                && ReadAsync<CreatedMessage>(response).GetAwaiter().GetResult() != known.Answer
                            )
                        )
                        {
                            return false;
                        }
                    }

                    var rows = GetAsync<MessagePage>("/api/messages?limit=100")
                        .GetAwaiter()
                        .GetResult()
                        .Items.Count(message => message.Author == name);
                    return rows == first.Count;
                }
            ),
            maxTest: 25
        );
    }

    /// <summary>
    /// Checks a property on a thread of its own, because the check blocks while it waits for responses.
    /// </summary>
    private static Task CheckAsync(Property property, int maxTest = 60) =>
        Task.Run(() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(maxTest), property), Cancellation);

    /// <summary>Sends JSON with escape sequences, so that it can contain lone surrogates.</summary>
    private async Task<HttpResponseMessage> SendRawAsync(string author, string text)
    {
        using var content = new StringContent(
            $"{{\"author\":\"{Escape(author)}\",\"text\":\"{Escape(text)}\"}}",
            Encoding.UTF8,
            "application/json"
        );
        return await Client.PostAsync("/api/messages", content, Cancellation);

        static string Escape(string value) =>
            string.Concat(value.Select(c => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));
    }
}
