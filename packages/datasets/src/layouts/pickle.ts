/** A string of bytes, left where it is in the file. */
export interface Bytes {
  readonly kind: 'bytes';
  readonly start: number;
  readonly length: number;
}

/** An array of numpy, its content left where it is in the file. */
export interface NumpyArray {
  readonly kind: 'array';
  shape: PickleValue;
  type: PickleValue;
  order: PickleValue;
  content: PickleValue;
}

interface NumpyType {
  readonly kind: 'type';
  readonly name: string;
}

interface Global {
  readonly kind: 'global';
  readonly name: string;
}

export type PickleValue =
  null | boolean | number | Bytes | NumpyArray | NumpyType | Global | PickleValue[] | Map<string, PickleValue>;

/** What an array of numpy needs, in the versions that wrote it; no name leads to code. */
const known = ['multiarray._reconstruct', 'numeric._frombuffer']
  .flatMap((name) => [`numpy.core.${name}`, `numpy._core.${name}`])
  .concat('numpy.ndarray', 'numpy.dtype');

/**
 * Reads a pickle (protocols 2 to 5) of dictionaries, lists, numbers, strings and numpy arrays. Nothing in it is run: a name
 * that an array does not need is refused. It takes at most a few values for each byte of the file.
 */
export function readPickle(file: Buffer): PickleValue {
  return new Machine(file).run();
}

/** What a string says; long ones are no names. */
export function textOf(file: Buffer, value: PickleValue | undefined): string {
  if (!isKind(value, 'bytes') || value.length > 255) throw new Error('expected a short string in the pickle');
  return file.toString('latin1', value.start, value.start + value.length);
}

export function isKind<K extends 'bytes' | 'array' | 'type' | 'global'>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

class Machine {
  private at = 0;
  private stack: PickleValue[] = [];
  private readonly below: PickleValue[][] = []; // stacks under a mark
  private readonly memo = new Map<number, PickleValue>();

  constructor(private readonly file: Buffer) {}

  run(): PickleValue {
    const [first, protocol] = [this.number(1), this.number(1)];
    if (first !== 0x80 || protocol < 2 || protocol > 5)
      throw new Error(
        `expected a pickle of protocol 2 to 5 but it starts with 0x${first.toString(16)} 0x${protocol.toString(16)}`,
      );
    for (;;) {
      const at = this.at;
      const code = this.number(1);
      const letter = String.fromCharCode(code);
      if (letter === '.') return this.pop();
      if (!this.step(letter))
        throw new Error(
          `expected a pickle of numbers and strings but its byte ${at} is operation 0x${code.toString(16)}`,
        );
    }
  }

  /** Carries out one operation; the letters are Python's. */
  private step(letter: string): boolean {
    switch (letter) {
      case '\x95': // FRAME
        this.size(8);
        return true;
      case '(': // MARK
        this.below.push(this.stack);
        this.stack = [];
        return true;
      case 'N':
        return this.push(null);
      case '\x88':
        return this.push(true);
      case '\x89':
        return this.push(false);
      case 'K':
        return this.push(this.number(1));
      case 'M':
        return this.push(this.number(2));
      case 'J':
        return this.push(this.number(4) | 0);
      case 'U': // SHORT_BINSTRING
      case 'C': // SHORT_BINBYTES
      case '\x8c': // SHORT_BINUNICODE
        return this.push(this.bytes(this.number(1)));
      case 'T': // BINSTRING
      case 'B': // BINBYTES
      case 'X': // BINUNICODE
        return this.push(this.bytes(this.number(4)));
      case '\x8d': // BINUNICODE8
      case '\x8e': // BINBYTES8
      case '\x96': // BYTEARRAY8
        return this.push(this.bytes(this.size(8)));
      case '}':
        return this.push(new Map());
      case ']':
      case ')':
        return this.push([]);
      case 't': // TUPLE
      case 'l': // LIST
        return this.push(this.popToMark());
      case '\x85':
      case '\x86':
      case '\x87':
        return this.push(Array.from({ length: letter.charCodeAt(0) - 0x84 }, () => this.pop()).reverse());
      case 'a': // APPEND
        return this.append([this.pop()]);
      case 'e': // APPENDS
        return this.append(this.popToMark());
      case 's': {
        const value = this.pop();
        return this.setItems([this.pop(), value]);
      }
      case 'u': // SETITEMS
        return this.setItems(this.popToMark());
      case 'q': // BINPUT
        return this.remember(this.number(1));
      case 'r': // LONG_BINPUT
        return this.remember(this.number(4));
      case '\x94': // MEMOIZE
        return this.remember(this.memo.size);
      case 'h': // BINGET
        return this.recall(this.number(1));
      case 'j': // LONG_BINGET
        return this.recall(this.number(4));
      case 'c': // GLOBAL
        return this.global(this.line(), this.line());
      case '\x93': {
        // STACK_GLOBAL
        const name = textOf(this.file, this.pop());
        return this.global(textOf(this.file, this.pop()), name);
      }
      case 'R': // REDUCE
        return this.reduce();
      case 'b': // BUILD
        return this.build();
      default:
        return false;
    }
  }

  private number(bytes: 1 | 2 | 4): number {
    const start = this.take(bytes);
    return this.file.readUIntLE(start, bytes);
  }

  private size(bytes: 8): number {
    return Number(this.file.readBigUInt64LE(this.take(bytes)));
  }

  private bytes(length: number): Bytes {
    return { kind: 'bytes', start: this.take(length), length };
  }

  private line(): string {
    const end = this.file.indexOf('\n', this.at);
    if (end < 0 || end - this.at > 255) throw new Error('the pickle is truncated');
    const text = this.file.toString('latin1', this.at, end);
    this.at = end + 1;
    return text;
  }

  private take(length: number): number {
    const start = this.at;
    if (length > this.file.length - start) throw new Error('the pickle is truncated');
    this.at = start + length;
    return start;
  }

  private push(value: PickleValue): true {
    this.stack.push(value);
    return true;
  }

  private pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw new Error('the pickle takes a value that is not there');
    return value;
  }

  private popToMark(): PickleValue[] {
    const values = this.stack;
    const stack = this.below.pop();
    if (!stack) throw new Error('the pickle takes a value that is not there');
    this.stack = stack;
    return values;
  }

  private append(values: PickleValue[]): true {
    const list = this.stack.at(-1);
    if (!Array.isArray(list)) throw new Error('the pickle appends to what is no list');
    for (const value of values) list.push(value);
    return true;
  }

  private setItems(values: PickleValue[]): true {
    const map = this.stack.at(-1);
    if (!(map instanceof Map)) throw new Error('the pickle sets items of what is no dictionary');
    for (let i = 0; i + 1 < values.length; i += 2) map.set(textOf(this.file, values[i]), values[i + 1]!);
    return true;
  }

  private remember(place: number): true {
    const value = this.pop();
    this.memo.set(place, value);
    return this.push(value);
  }

  private recall(place: number): true {
    const value = this.memo.get(place);
    if (value === undefined) throw new Error('the pickle recalls a value that is not there');
    return this.push(value);
  }

  private global(module: string, name: string): true {
    const whole = `${module}.${name}`;
    if (!known.includes(whole)) throw new Error(`expected nothing to run in the pickle but it names ${whole}`);
    return this.push({ kind: 'global', name: whole.split('.').at(-1)! });
  }

  private reduce(): true {
    const [given, made] = [this.pop(), this.pop()];
    if (!Array.isArray(given) || !isKind(made, 'global')) throw new Error('the pickle calls what is no name');
    if (made.name === 'dtype') return this.push({ kind: 'type', name: textOf(this.file, given[0]) });
    const [content = null, type = null, shape = null, order = null] = made.name === '_frombuffer' ? given : [];
    return this.push({ kind: 'array', content, type, shape, order });
  }

  private build(): true {
    const [state, target] = [this.pop(), this.stack.at(-1)];
    if (isKind(target, 'type')) return true; // byte order, which single bytes do not have
    if (!isKind(target, 'array') || !Array.isArray(state))
      throw new Error('the pickle sets the state of what has none');
    const [, shape = null, type = null, isFortran = null, content = null] = state;
    Object.assign(target, { shape, type, content, order: isFortran });
    return true;
  }
}
