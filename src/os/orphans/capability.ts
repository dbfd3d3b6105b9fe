/** Whether something this platform may lack is at work, or in words why not. */
export type Capability = { readonly enabled: true } | { readonly enabled: false; readonly reason: string }
