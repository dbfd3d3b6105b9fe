import type { InspectionEvent, Observer } from 'xstate'

/** Sees what XState's actors do: a function, or an observer with `next`. */
export type Inspect = Observer<InspectionEvent> | ((inspectionEvent: InspectionEvent) => void)
