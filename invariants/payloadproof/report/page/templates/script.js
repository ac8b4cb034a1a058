"use strict";
// Copies commands and hides rows; everything can be read without it.
for (const command of document.querySelectorAll("pre.command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(command.querySelector("code").textContent).then(
      () => { button.textContent = "Copied"; },
      () => { button.textContent = "Select it and copy it by hand"; },
    );
  });
  command.append(button);
}
const filter = document.querySelector(".filter");
if (filter) {
  filter.hidden = false;
  filter.addEventListener("change", (event) => {
    const tones = event.target.value.split(" ").filter(Boolean);
    for (const family of document.querySelectorAll(".family")) {
      const rows = [...family.querySelectorAll("tr[data-tone]")];
      for (const row of rows) row.hidden = tones.length > 0 && !tones.includes(row.dataset.tone);
      family.hidden = rows.every((row) => row.hidden);
      if (tones.length) family.open = !family.hidden;
    }
  });
}
