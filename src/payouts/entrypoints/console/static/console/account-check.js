// Checks the account number while it is written, and fills in the BIC of its bank.
// Without this script the form checks it when it is sent.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const field = document.querySelector("[data-check-url]");
  if (!field) return;
  const bankCode = document.getElementById("id_bank_code");
  const answer = document.createElement("p");
  answer.id = "account-check";
  answer.className = "mt-2 text-sm";
  answer.setAttribute("role", "status");
  field.after(answer);
  field.setAttribute(
    "aria-describedby",
    [field.getAttribute("aria-describedby"), answer.id].filter(Boolean).join(" "),
  );

  let timer;
  let asked;
  let filledIn = "";

  const show = ({ is_valid: isValid, message, bic }) => {
    answer.textContent = message;
    answer.classList.toggle("text-red-600", !isValid);
    answer.classList.toggle("dark:text-red-400", !isValid);
    if (!bankCode) return;
    if (["", filledIn].includes(bankCode.value)) {
      bankCode.value = filledIn = bic;
    } else if (bic && bankCode.value !== bic) {
      answer.textContent += ` The bank code below is another: ${bankCode.value}.`;
    }
  };

  const check = async () => {
    asked?.abort();
    asked = new AbortController();
    const text = field.value.trim();
    if (!text) {
      answer.textContent = "";
      return;
    }
    try {
      const response = await fetch(field.dataset.checkUrl, {
        method: "POST",
        body: new URLSearchParams({ account_number: text }),
        headers: { "X-CSRFToken": field.form.csrfmiddlewaretoken.value },
        redirect: "error",
        signal: asked.signal,
      });
      if (response.ok) show(await response.json());
    } catch {
      // A newer check has begun, or the service is away: the form checks when it is sent.
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, 300);
  });
});
