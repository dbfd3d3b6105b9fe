/** Whether a simulated host, or its machine, still runs: nothing is told to the dead, and none of their timers fires. */
export interface Pulse {
  beats: boolean
}
