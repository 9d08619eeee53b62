/** The system keeps eight bits of a code, Windows all of them. */
export const codeOfSystem = (code: number): number => (process.platform === 'win32' ? code : code & 0xff)

/** The code with which the process ends if nothing changes it any more. A host may set a text, as in '3'. */
export const currentExitCode = (otherwise = 0): number => codeOfSystem(Number(process.exitCode ?? otherwise))
