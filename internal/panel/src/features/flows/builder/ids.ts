// Elements that the focus goes between: a block in the list, and the form of the one selected.

export const INSPECTOR = "flow-inspector";
export const blockId = (node: string) => `block-${node}`;
