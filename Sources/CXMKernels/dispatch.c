// placeholder until the kernels land
#include "CXMKernels.h"
const xm_kernels *xm_kernels_for(enum xm_isa isa) { return NULL; }
enum xm_isa xm_best_isa(void) { return XM_ISA_SCALAR; }
