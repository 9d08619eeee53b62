export declare const configDirectory: string
export declare const cacheDirectory: (env?: NodeJS.ProcessEnv) => string
