"use strict";
// Select2 shows the value in an element of its own, which it gives no name for screen readers.
django.jQuery(($) => {
    $(".admin-autocomplete").each((_index, element) => {
        const label = document.querySelector(`label[for="${element.id}"]`);
        const shown = $(element).next(".select2-container").find(".select2-selection__rendered");
        shown.attr("aria-label", label ? label.textContent.trim() : element.name);
    });
});
