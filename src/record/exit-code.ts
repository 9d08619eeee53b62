/** The code that the system reports: eight bits of it, but all of it on Windows. */
export const codeOfSystem = (code: number): number => (process.platform === 'win32' ? code : code & 0xff)

/** The code with which the process ends if nothing changes it. A host may set it as text, such as '3'. */
export const currentExitCode = (otherwise = 0): number => codeOfSystem(Number(process.exitCode ?? otherwise))
