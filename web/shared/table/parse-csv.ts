/**
 * Reads CSV (RFC 4180) with commas: rows of cells, the header among them. A quoted cell may hold commas, line breaks and
 * doubled quotes. Empty lines before the header and at the end are passed over; one between rows is a row, as the API counts.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let isQuoted = false;
  let empty = 0; // lines that are rows if another one follows
  const endCell = () => {
    row.push(cell);
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (row.length > 1 || row[0] !== "") {
      for (; empty > 0; empty -= 1) rows.push([""]);
      rows.push(row);
    } else if (rows.length > 0) empty += 1;
    row = [];
  };
  for (let at = text.startsWith("\uFEFF") ? 1 : 0; at < text.length; at += 1) {
    const letter = text[at]!;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (letter === '"' && cell === "") isQuoted = true;
    else if (letter === ",") endCell();
    else if (letter === "\n") endRow();
    else if (letter !== "\r" || text[at + 1] !== "\n") cell += letter;
  }
  if (cell !== "" || row.length > 0) endRow();
  return rows;
}
