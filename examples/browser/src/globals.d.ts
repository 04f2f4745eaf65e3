/** Where the demo's model is; null in a build without it. */
declare const __DEMO_MODEL__: string | null;
