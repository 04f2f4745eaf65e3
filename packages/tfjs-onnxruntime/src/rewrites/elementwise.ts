const BROADCASTING = ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Where', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'And', 'Or', 'Sum'];
const OTHERS = [
  'Abs', 'Cast', 'Ceil', 'Clip', 'Cos', 'Elu', 'Erf', 'Exp', 'Floor', 'HardSigmoid', 'IsInf', 'IsNaN', 'LeakyRelu', 'Log', 'Neg', 'Not', 'PRelu', 'Reciprocal', 'Relu', 'Round', 'Selu', 'Sigmoid',
  'Sign', 'Sin', 'Softplus', 'Sqrt', 'Tanh',
];

/** Operators that work on each element alone, whatever the order of the axes. */
export const ELEMENTWISE: readonly string[] = [...BROADCASTING, ...OTHERS];
export const BROADCASTING_OPERATORS: readonly string[] = BROADCASTING;
