#include "CXMSentencePiece.h"
void xm_placeholder_sp(void) {}
