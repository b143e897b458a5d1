// Volumes: a slider for each of three planes. Without a script the middle plane stays.

function showPlane(slider) {
  const numbers = slider.dataset.numbers.split(" ");
  const at = Number(slider.value);
  const where = `${numbers[at]} of ${slider.dataset.count}`;
  const figure = slider.closest("figure");
  const picture = figure.querySelector("img");
  picture.style.objectPosition = `0 ${(100 * at) / (numbers.length - 1)}%`;
  picture.alt = `${figure.querySelector("label").textContent} ${where}`;
  figure.querySelector("output").textContent = where;
  slider.setAttribute("aria-valuetext", `plane ${where}`);
}

for (const slider of document.querySelectorAll(".plane input")) {
  slider.addEventListener("input", () => showPlane(slider));
  showPlane(slider);
}
