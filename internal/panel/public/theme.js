// Runs before the first paint, so that nobody sees the other theme flash by.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("recado.theme") || choice;
  } catch {
    // Storage may be forbidden; the system's theme will do.
  }
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
