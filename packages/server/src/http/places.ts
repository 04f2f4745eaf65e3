/** How many requests may be taken at once: what is read, waits or runs takes memory. */
export class Places {
  private count = 0;

  constructor(private readonly most: number) {}

  get taken(): number {
    return this.count;
  }

  /** @returns gives the place back, however often it is called; undefined where none is free */
  take(): (() => void) | undefined {
    if (this.count >= this.most) return undefined;
    this.count++;
    let held = true;
    return () => {
      if (held) this.count--;
      held = false;
    };
  }
}
