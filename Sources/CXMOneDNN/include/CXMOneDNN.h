void xm_placeholder_CXMOneDNN(void);
