/** A table for a terminal: columns as wide as what is in them, two spaces apart. */

export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  // What came from elsewhere can neither break a row nor speak to the terminal.
  const lines = [head, ...rows].map((line) => line.map((cell) => cell.replaceAll(/\p{Cc}/gu, " ")));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
