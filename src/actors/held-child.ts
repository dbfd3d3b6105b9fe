import type { ChildState } from '../machines/child-state.ts'
import type { ChildView } from '../machines/view.ts'
import type { Child } from './handles.ts'
import type { StopReport } from './stop-report.ts'

/** A public handle, with what its tree tells it and a supervisor's handle asks of it. */
export interface HeldChild extends Child {
  /** The tree has dropped this child; the handle remembers how it was at the end. */
  dropped(last: ChildState): void
  /** Stops it and has it forgotten; one that was to replace it as well. */
  remove(): Promise<StopReport>
  /** Settles with the start that was asked for after `since`; with ERR_ABORTED where the child moves before that. */
  begun(since: number): Promise<ChildView>
  /** Resolves when it was removed. */
  gone(): Promise<void>
}
