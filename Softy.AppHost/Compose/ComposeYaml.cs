using Softy.AppHost.Compose.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;
using YamlDotNet.Serialization.NamingConventions;

namespace Softy.AppHost.Compose;

/// <summary>Writes compose files as YAML.</summary>
internal static class ComposeYaml
{
    private static readonly ISerializer _serializer = new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithEventEmitter(next => new QuotedStrings(next))
        .WithIndentedSequences()
        .WithMaximumRecursion(20)
        .DisableAliases()
        .WithNewLine("\n")
        .Build();

    public static string Write(ComposeFile file) => _serializer.Serialize(file);

    /// <summary>
    /// Quotes all strings that are values, because YAML parsers disagree on whether words such as <c>22:22</c> and
    /// <c>no</c> are strings, numbers or booleans. Text with several lines is written as a literal block.
    /// </summary>
    private sealed class QuotedStrings(IEventEmitter next) : ChainedEventEmitter(next)
    {
        private bool _isKey;
        private readonly Stack<bool> _inMapping = new();

        public override void Emit(MappingStartEventInfo eventInfo, IEmitter emitter)
        {
            Begin(isMapping: true);
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingEndEventInfo eventInfo, IEmitter emitter)
        {
            End();
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceStartEventInfo eventInfo, IEmitter emitter)
        {
            Begin(isMapping: false);
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceEndEventInfo eventInfo, IEmitter emitter)
        {
            End();
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            if (eventInfo.Source.Value is string text && !_isKey)
            {
                eventInfo.Style = text.Contains('\n', StringComparison.Ordinal)
                    ? ScalarStyle.Literal
                    : ScalarStyle.DoubleQuoted;
            }

            _isKey = _inMapping.TryPeek(out var inMapping) && inMapping && !_isKey;
            base.Emit(eventInfo, emitter);
        }

        private void Begin(bool isMapping)
        {
            _inMapping.Push(isMapping);
            _isKey = isMapping;
        }

        // The collection that ended was an item of a list or the value of a key.
        private void End()
        {
            _inMapping.Pop();
            _isKey = _inMapping.TryPeek(out var inMapping) && inMapping;
        }
    }
}
