import { BATCH, BatchQueue } from './batch-queue.js';

const item = (name: string, alone = false) => ({ name, alone });
const names = (items: readonly { name: string }[]) => items.map(({ name }) => name).join('');

function queueOf(text: string, windowMs = 5) {
  const clock = { now: 0 };
  const queue = new BatchQueue<ReturnType<typeof item>>(windowMs, () => clock.now);
  for (const name of text) queue.add(item(name));
  return { queue, clock };
}

describe('a queue of batches', () => {
  test('the first waits for others within the window, and no longer', () => {
    const { queue, clock } = queueOf('a');
    expect(queue.dueIn()).toBe(5);
    clock.now = 3;
    queue.add(item('b'));
    expect(queue.dueIn()).toBe(2);
    clock.now = 9;
    expect(queue.dueIn()).toBe(0);
    expect(names(queue.take())).toBe('ab');
    expect(queue.dueIn()).toBeUndefined();
  });

  test('a whole batch waits for nothing, and what is more comes next', () => {
    const { queue } = queueOf('abcdefghij');
    expect(queue.dueIn()).toBe(0);
    expect(names(queue.take())).toBe('abcdefghij'.slice(0, BATCH));
    expect(queue.dueIn()).toBe(5);
    expect(names(queue.take())).toBe('ij');
  });

  test('what is run again goes first, at once, each by itself', () => {
    const { queue } = queueOf('ab');
    queue.addFirst([item('x', true), item('y', true)]);
    expect(queue.dueIn()).toBe(0);
    expect([names(queue.take()), names(queue.take()), names(queue.take())]).toEqual(['x', 'y', 'ab']);
  });

  test('who left is not taken', () => {
    const { queue } = queueOf('');
    const [a, b] = [item('a'), item('b')];
    queue.add(a);
    queue.add(b);
    queue.remove(a);
    queue.remove(item('b')); // Another of the same name.
    expect(queue.length).toBe(1);
    expect(queue.take()).toEqual([b]);
  });
});
