// One row of the catalogue: a link to the picture's page, what is known, a small picture or its owner's.
"use strict";

function item([name, path, known, hasSmall], { files, owners }) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = files ? `../pictures/${name.slice(4, 6)}/${name}.html` : `../pictures/index.html#${name}`;
  link.textContent = path;
  const said = document.createElement("span");
  said.className = "soft";
  said.textContent = ` ${known}`;
  row.append(link, said);
  if (hasSmall) {
    const small = new Image();
    small.loading = "lazy";
    small.alt = "";
    small.src = `../pictures/${name.slice(4, 6)}/${name}.jpg`;
    row.prepend(small);
  }
  const owner = hasSmall ? null : ownersPage(path, owners);
  if (owner) row.append(" ", owner);
  return row;
}

// Where a picture that is not shown here is at its owner; names that tell a person lead nowhere.
function ownersPage(path, owners) {
  const slash = path.indexOf("/");
  const address = owners[path.slice(0, slash)];
  const rest = path.slice(slash + 1);
  if (!address || rest.startsWith("withheld/")) return null;
  const link = document.createElement("a");
  link.href = address + rest.split("/").map(encodeURIComponent).join("/");
  link.className = "soft";
  link.textContent = "at its owner";
  return link;
}
