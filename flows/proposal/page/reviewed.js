// Marks of what somebody has reviewed, kept in this browser. A card is named by what it shows: on
// the next night's page what is as it was is still reviewed, and what changed is not.

const MARKS = "covid19-images/reviewed";
const MOST_MARKS = 200_000; // 3 MB; the oldest are forgotten
let marks = restoredMarks();
let marksBefore = null; // of the last change, for undo

// What comes back is checked, because other files on the same disk may have written it.
function restoredMarks() {
  try {
    const kept = JSON.parse(localStorage.getItem(MARKS)) ?? [];
    return new Set(kept.filter((mark) => /^[\w-]{12}$/.test(mark)));
  } catch {
    return new Set();
  }
}

function keepMarks(changed) {
  marksBefore = marks;
  marks = changed;
  storeMarks();
}

function storeMarks() {
  try {
    localStorage.setItem(MARKS, JSON.stringify([...marks].slice(-MOST_MARKS)));
  } catch {
    // A browser may refuse to store anything for a file: marks then last as long as the page is open.
  }
}

const markOf = (item) => item.element.dataset.mark;
const isReviewed = (item) => marks.has(markOf(item));

function setReviewed(chosenItems, reviewed) {
  const changed = new Set(marks);
  for (const item of chosenItems) {
    if (reviewed) changed.add(markOf(item));
    else changed.delete(markOf(item));
  }
  keepMarks(changed);
}

function undoMarks() {
  if (!marksBefore) return false;
  marks = marksBefore;
  marksBefore = null;
  storeMarks();
  return true;
}

addEventListener("storage", (event) => {
  if (event.key !== MARKS) return; // another tab marked something
  marks = restoredMarks();
  marksBefore = null;
  applyFilters();
});
