// Loaded before the first paint, so that the chosen theme is there at once. Without a choice the system decides.
(() => {
  const root = document.documentElement;
  // Shows what needs scripts; see .scripted and .unscripted in the style sheet.
  root.classList.add("has-scripts");
  const readTheme = () => {
    try {
      return localStorage.getItem("softy.theme");
    } catch {
      return null; // no storage
    }
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

  const chosen = readTheme();
  if (chosen === "light" || chosen === "dark") {
    root.dataset.theme = chosen;
  }

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) {
      return;
    }

    const updateLabel = () => {
      button.textContent = isDark() ? "Light" : "Dark";
      button.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`);
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem("softy.theme", root.dataset.theme);
      } catch {
        // Without storage the choice lasts until the page is left.
      }
      updateLabel();
    });
    system.addEventListener("change", updateLabel);
    button.hidden = false;
    updateLabel();
  });
})();
