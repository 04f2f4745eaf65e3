import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where features and extracted archives are kept unless told otherwise: UNIAD_CACHE, or `~/.cache/uniad`. */
export const defaultCache = process.env.UNIAD_CACHE || join(homedir(), '.cache', 'uniad');
