/** What was asked for is not there; the message is for whoever typed it. */
export class Misuse extends Error {}
