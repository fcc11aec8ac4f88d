/** Whether whoever has this id is made up; `drivetrain dispatch drive` names them so. */
export const isSynthetic = (id: string): boolean => id.startsWith("synthetic-");
