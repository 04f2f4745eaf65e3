/** An element of the page by its id. */
export function element<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`Expected an element #${id} in the page`);
  return found as E;
}

/** Calls back with the files that are dropped onto an element. */
export function onDrop(target: HTMLElement, take: (files: File[]) => void): void {
  target.addEventListener('dragover', (event) => {
    event.preventDefault();
    target.classList.add('over');
  });
  target.addEventListener('dragleave', () => target.classList.remove('over'));
  target.addEventListener('drop', (event) => {
    event.preventDefault();
    target.classList.remove('over');
    void filesOf(event.dataTransfer!).then(take, showError);
  });
}

/** The dropped files, and those in the dropped folders. */
async function filesOf({ items }: DataTransfer): Promise<File[]> {
  // Asked for at once: after the event the list is empty.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return (await Promise.all(entries.map(filesBelow))).flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    // Some at a time, until there are none.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    children.push(...some);
  }
  return (await Promise.all(children.map(filesBelow))).flat();
}

/** Calls back with the files that are chosen; the same ones can be chosen again. */
export function onChoose(input: HTMLInputElement, take: (files: File[]) => void): void {
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = '';
    if (files.length > 0) take(files);
  });
}

/** Has the browser save a file. */
export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Pictures in the order of their names. */
export function picturesOf(files: readonly File[]): File[] {
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  return pictures.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

let hiding: ReturnType<typeof setTimeout> | undefined;

/** Tells people what went wrong, for some time. */
export function showError(error: unknown): void {
  const box = element('error');
  box.textContent = error instanceof Error ? error.message : String(error);
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (box.hidden = true), 12_000);
}

/** A number as people read it, with three significant digits. */
export const format = (value: number) => Number(value.toPrecision(3)).toString();
