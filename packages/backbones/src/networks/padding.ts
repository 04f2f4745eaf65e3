/** Zeros before and after one side of a map, given its size. */
export type SidePadding = (size: number) => readonly [before: number, after: number];

/** What PyTorch's `padding=amount` does. */
export function symmetricPadding(amount: number): SidePadding {
  return () => [amount, amount];
}

/** TensorFlow's 'same': the output is `ceil(size / stride)`, and an odd zero goes after. */
export function samePadding(kernel: number, stride: number): SidePadding {
  return (size) => {
    const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
    const before = Math.floor(total / 2);
    return [before, total - before];
  };
}

/** TensorFlow's 'same' for one size, kept for every other: how the official implementation pads its strided layers. */
export function samePaddingAt(designSize: number, kernel: number, stride: number): SidePadding {
  const padding = samePadding(kernel, stride)(designSize);
  return () => padding;
}
