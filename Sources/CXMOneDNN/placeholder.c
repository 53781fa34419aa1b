#include "CXMOneDNN.h"
void xm_placeholder_CXMOneDNN(void) {}
