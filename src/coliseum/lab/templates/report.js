// Saving the data that are in the page. Everything else works without a script.
const button = document.getElementById("save");
button.hidden = false;
button.addEventListener("click", () => {
  const data = document.getElementById("comparison").textContent;
  const address = URL.createObjectURL(new Blob([data], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "comparison.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
});
