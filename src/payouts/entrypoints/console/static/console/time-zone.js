// Tells the service the time zone of this browser. Pages of the console show times in it.
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const secure = location.protocol === "https:" ? "; secure" : "";
  const yearSeconds = 31536000;
  document.cookie = `timezone=${encodeURIComponent(zone)}; path=/console/; max-age=${yearSeconds}; samesite=lax${secure}`;
})();
