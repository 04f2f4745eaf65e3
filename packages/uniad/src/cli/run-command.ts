import pc from 'picocolors';

/** The exit code of a command that was interrupted, as shells have it. */
const INTERRUPTED = 130;

/** Runs a command: an interrupt aborts it in an orderly way, an error becomes one line and exit code 1. */
export async function runCommand(command: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
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
  }
}
