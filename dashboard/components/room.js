// In a page's head, before anything is drawn: a presenter's link never shows the side bar, not even
// until the script's own style arrives. It is let go once a page is drawn that is not presenting.
if (location.pathname.endsWith("/growth") && new URLSearchParams(location.search).get("PRESENT") === "true") {
  const style = document.createElement("style");
  style.textContent = "[data-testid=stSidebar] { display: none }";
  document.head.append(style);
  const drawn = ".ls-header, [data-testid=stAlert], [data-testid=stException]";
  const watch = new MutationObserver(() => {
    const settled = document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
    if (!settled || !document.querySelector(drawn)) return;
    if (document.querySelector(".st-key-PRESENT input:checked")) return;
    style.remove();
    watch.disconnect();
  });
  watch.observe(document.documentElement, { childList: true, subtree: true, attributeFilter: ["data-test-script-state"] });
}
