export { BackboneError } from './error.js';
export { backboneNames, backboneStages } from './architectures.js';
export { createBackbone, randomWeights } from './backbone.js';
export type { Backbone, BackboneOptions } from './backbone.js';
export { neck } from './neck.js';
export type { Stage } from './networks/network.js';
export { WeightsError } from './weights/error.js';
export type { WeightsEvent } from './weights/events.js';
export type { HubOptions } from './weights/hub.js';
