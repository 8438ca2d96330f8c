// On a phone the row of categories scrolls to the chosen one.
//
// The suggested questions are plain text until the chat is there; then each
// becomes a button that opens it and asks.
(() => {
  const chosen = document.querySelector(".cats [aria-current]");
  if (chosen) chosen.closest("ul").scrollLeft = chosen.offsetLeft - 24;

  const widget = document.querySelector("script[data-site]");
  const ready = () => {
    if (!window.Recado) return;
    for (const item of document.querySelectorAll("[data-ask]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = item.dataset.ask;
      button.addEventListener("click", () => {
        window.Recado.open();
        window.Recado.send(item.dataset.ask);
      });
      item.replaceChildren(button);
    }
  };
  if (window.Recado) ready();
  else widget?.addEventListener("load", ready);
})();
