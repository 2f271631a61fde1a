// A check box in the list of payouts that selects all rows of the page.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const label = document.querySelector("[data-select-page]");
  if (!label) {
    return;
  }
  label.hidden = false;
  label.querySelector("input").addEventListener("change", (event) => {
    for (const box of label.closest("form").elements) {
      if (box.name === "payout") {
        box.checked = event.target.checked;
      }
    }
  });
});
