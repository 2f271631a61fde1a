// Copies the text of the element that a button names in data-copy, and says so.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };

  // Browsers offer the clipboard on HTTPS and localhost only.
  const copy = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch {
      select(element);
      return document.execCommand("copy");
    }
  };

  document.querySelectorAll("[data-copy]").forEach((button) => {
    const source = document.getElementById(button.dataset.copy);
    button.addEventListener("click", async () => {
      const isCopied = await copy(source);
      document.getElementById("copied").textContent = isCopied
        ? "Copied."
        : "The browser did not copy it: it is selected, copy it with the keyboard.";
    });
  });
});
