// Loaded before the first paint, so that a chosen theme never flashes. Without a choice the system decides.
(() => {
  const root = document.documentElement;
  // What needs scripts is shown by those who have them; see .scripted and .unscripted in the style sheet.
  root.classList.add("has-scripts");
  const stored = () => { try { return localStorage.getItem("softy.theme"); } catch { return null; } };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

  const chosen = stored();
  if (chosen === "light" || chosen === "dark") {
    root.dataset.theme = chosen;
  }

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) {
      return;
    }

    const label = () => { button.textContent = isDark() ? "Light" : "Dark"; button.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`); };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem("softy.theme", root.dataset.theme); } catch { /* The choice lasts until the page is left. */ }
      label();
    });
    system.addEventListener("change", label);
    button.hidden = false;
    label();
  });
})();
