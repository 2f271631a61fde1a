// Makes django-unfold's frame usable by keyboard and by screen readers: it opens menus by a click on
// elements that no key reaches, and its icons are texts such as "dock_to_right".
(() => {
  const CLICKED = "[x-on\\:click]:not(a[href]):not(button):not(input):not(select):not(li)";
  const ICON = ".material-symbols-outlined";
  // Names of controls that show only an icon. Others are named as the icon.
  const NAMES = {
    dock_to_right: "Navigation",
    payments: "Home",
    light_mode: "Light",
    dark_mode: "Dark",
    computer: "Colours of the page",
  };

  const makeButton = (element) => {
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.addEventListener("keydown", (event) => {
      if (event.target === element && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        element.click();
      }
    });
  };

  const nameByIcon = (element) => {
    const icon = element.matches(ICON) ? element : element.querySelector(ICON);
    const text = icon?.textContent.trim();
    const isNamed = element.ariaLabel || element.title || element.textContent.trim() !== text;
    if (text && !isNamed) {
      element.setAttribute("aria-label", NAMES[text] ?? text.replaceAll("_", " "));
    }
  };

  const hide = (icon) => {
    if (!icon.matches("[role=button]")) {
      icon.setAttribute("aria-hidden", "true");
    }
  };

  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll(CLICKED).forEach(makeButton);
    document.querySelectorAll("a, button, [role=button]").forEach(nameByIcon);
    document.querySelectorAll(ICON).forEach(hide);
    document.querySelector("#nav-sidebar-apps a.active")?.setAttribute("aria-current", "page");
  });
})();
