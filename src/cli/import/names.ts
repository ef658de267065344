/** The formats of other projects that `pillion import` reads. */
export const importFormats = ['sidecarset', 'tumblr', 'expedia', 'otel-sidecar', 'istio-template'] as const
export type ImportFormat = (typeof importFormats)[number]
