/** For objects that are filled in field by field before anybody else sees them. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
