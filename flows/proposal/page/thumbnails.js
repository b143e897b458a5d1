// Pictures wait as text at the end of the page; each is drawn when it comes near the window.

const byId = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(byId(id).textContent);
const pictures = readJson("picture-data");
const pictureUrl = (number) => `data:image/webp;base64,${pictures[number]}`;

function drawTile(tile) {
  const picture = new Image();
  picture.alt = tile.textContent;
  picture.decoding = "async";
  picture.src = pictureUrl(Number(tile.dataset.picture));
  tile.replaceChildren(picture);
  tile.removeAttribute("data-picture");
}

const drawTiles = (card) => card.querySelectorAll("[data-picture]").forEach(drawTile);

// A card is watched and not its tiles: what is inside a card far away is not laid out at all.
const near = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    drawTiles(target);
  }
}, { rootMargin: "600px" });
document.querySelectorAll(".card:has([data-picture])").forEach((card) => near.observe(card));
addEventListener("beforeprint", () => {
  document.querySelectorAll(".card:not([hidden])").forEach(drawTiles);
});
