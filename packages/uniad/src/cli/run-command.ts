import pc from 'picocolors';

/** The exit code of a command that was interrupted, as shells have it. */
const INTERRUPTED = 130;

/** Runs a command: an interrupt aborts it in an orderly way, an error becomes one line and exit code 1. */
export async function runCommand(command: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  const lost = outliveOutput();
  try {
    await command(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) {
      console.error('interrupted');
      process.exitCode = INTERRUPTED;
      return;
    }
    if (!(error instanceof Error)) throw error;
    const text = process.env.UNIAD_DEBUG ? (error.stack ?? error.message) : (error.message.split('\n')[0] ?? '');
    console.error(`${pc.red('error:')} ${text}`);
    process.exitCode = 1;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    if (lost() && !process.exitCode) process.exitCode = 1;
  }
}

/**
 * What is printed may have no reader any more (`| head`), or no room (a full disk): the work and its files go on all the same.
 *
 * @returns whether output was lost for another reason than that its reader left
 */
function outliveOutput(): () => boolean {
  let lost = false;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') lost = true;
    });
  }
  return () => lost;
}
