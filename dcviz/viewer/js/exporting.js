// Pictures at print size and the table of the selected.

export async function exportTable() {}

export async function exportPicture() {}
