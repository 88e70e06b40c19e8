"use strict";
(function () {
  const root = document.documentElement;
  const buttons = Array.from(document.querySelectorAll("button[data-set]"));
  const titles = new Map(
    (document.body.dataset.titles || "").split("|").map(function (pair) {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    })
  );
  const key = "megaregion-language";

  function remember(language) {
    try { localStorage.setItem(key, language); } catch (error) { /* a page opened from disk may have no store */ }
  }

  function recall() {
    try { return localStorage.getItem(key); } catch (error) { return null; }
  }

  function show(language) {
    root.dataset.lang = language;
    root.lang = language === "zh" ? "zh-Hans" : language;
    document.title = titles.get(language) || document.title;
    buttons.forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.set === language));
    });
  }

  buttons.forEach(function (button) {
    button.addEventListener("click", function () {
      show(button.dataset.set);
      remember(button.dataset.set);
    });
  });

  const asked = new URLSearchParams(location.search).get("lang") || recall();
  if (asked && buttons.some(function (button) { return button.dataset.set === asked; })) { show(asked); }
})();
