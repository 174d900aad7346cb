// The page works without this. "/" puts the cursor into the search box, as in many tools for reading.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea");
  const box = document.getElementById("q");
  if (event.key === "/" && box && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
