export { serveCommand } from './command.js';
export { ServiceError } from './errors.js';
export type { ServeOptions, ServiceEvent } from './options.js';
export { serve } from './serve.js';
export type { Service } from './serve.js';
