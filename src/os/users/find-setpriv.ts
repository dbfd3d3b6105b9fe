import { findTool } from './find-tool.ts'

/** The path of util-linux's setpriv(1), or undefined where there is none. */
export const findSetpriv = (path?: string): string | undefined => findTool('setpriv', path)
